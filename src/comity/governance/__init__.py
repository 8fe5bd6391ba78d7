"""Who agreed to what, who may decide, and how: treaties, agreements, bodies, votes and disputes."""
