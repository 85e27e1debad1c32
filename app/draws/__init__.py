"""The monthly draw: five customers of each agent, chosen by nobody, replayable by anybody."""
