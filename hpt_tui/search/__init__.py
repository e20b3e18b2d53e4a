"""Which configuration comes next, and which trial is hopeless: samplers and pruners by name, and the view of a
study's past that keeps them learning after a bound was moved."""
