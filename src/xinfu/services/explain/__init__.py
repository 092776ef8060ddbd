"""Why something is or is not allowed, told to the participant who asks and to the own node."""
