"""HAPI 3.2: time series of the archive for the clients of heliophysics."""
