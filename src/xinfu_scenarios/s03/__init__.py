"""S03, the heavy-pollution orange alert: figures, generator, exchange between two nodes, page."""
