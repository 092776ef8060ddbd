"""How far a rule is enforced, and what a grade demands of an offer."""
