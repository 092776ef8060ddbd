"""The data model: policies, and the situations in which they are judged, as values."""
