"""What several question types share: reading and judging what somebody typed or chose."""
