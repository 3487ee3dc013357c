"""Maintenance plans to standings and reminders: pure, from meter readings and calendars to what is due when."""
