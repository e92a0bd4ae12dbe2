"""Where bytes become values and values bytes: rule files, CEL, text catalogues, the routed event."""
