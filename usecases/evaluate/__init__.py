"""Registered models judged on recorded data of other people's machines: tables in, measures and a picture out."""
