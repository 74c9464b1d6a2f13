"""The grid of seeds × Péclet numbers, on one machine or many, as one table."""
