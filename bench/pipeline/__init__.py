"""What the measurements of whole runs share: services beside a simulated model, and what they use."""
