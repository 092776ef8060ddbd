"""How each rule of a document fares: the report of `policy evaluate` in Turtle, JSON-LD and text."""
