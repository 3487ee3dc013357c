"""Findings to alarms: lifecycle, and later routing and delivery."""
