"""Members choose missions together, each with a budget and a ballot."""
