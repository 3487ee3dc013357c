"""The wire: topics, MQTT session, decoders. Knows no database."""
