"""A schedule in the forms that others read: CSV, iCalendar, CCSDS Simple Schedule."""
