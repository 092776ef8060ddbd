"""Usage control (使用控制): every read passes `use`, which asks `decide` and takes quotas."""
