"""Models of one machine's healthy behaviour, one module a method: numbers in, scores, alarms and contributions out."""

NEVER_SHIPPED = frozenset({"isolation_forest"})
"""What the others have to beat: it judges no machine. Here, so that who asks for it need not import the methods."""
