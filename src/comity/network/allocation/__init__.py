"""Sharing the hours of antennas and other facilities."""
