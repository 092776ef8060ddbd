"""Our identity and other participants: keys, certificates, memberships, and the address book."""
