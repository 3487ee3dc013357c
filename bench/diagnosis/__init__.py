"""What the diagnosis shows: a labelled simulated fleet, judged by rules and models, and what they say scored."""
