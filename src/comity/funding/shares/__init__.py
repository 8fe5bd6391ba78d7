"""Fair shares of what a coalition gains or pays, by cooperative game theory."""
