"""What happens inside the machines: engines, heat, oil, electricity, tanks and movement, as columns over the fleet."""
