"""Models of one machine's healthy behaviour, one module a method: numbers in, scores, alarms and contributions out."""
