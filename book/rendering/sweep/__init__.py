"""What the sweep over seeds and Péclet numbers says: its tables and pictures."""
