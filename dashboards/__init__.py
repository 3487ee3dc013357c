"""What people look at: the console (a web application of its own, beside this package) and Grafana's boards as code."""
