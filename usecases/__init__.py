"""One file per thing a person or a job asks for that needs more than one room; API and CLI call the same function."""
