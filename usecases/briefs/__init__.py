"""Work briefs: what machines did in a period, by the days of their sites, as numbers and as papers of them."""
