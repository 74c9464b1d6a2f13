"""Every baseline of a target at one Péclet number, a stage each.

`entry`: what a baseline is and costs; `merges`, `ensembles`, `tuning`: the stages;
`registry`: their names in order; `scores`: what they predict on the test split.
"""
