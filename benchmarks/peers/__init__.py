"""Peers of the planner: the same question, fed plainly to general solvers."""
