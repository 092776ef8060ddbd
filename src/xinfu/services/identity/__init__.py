"""Who we are and whom we know: keys, certificates, memberships, and other participants."""
