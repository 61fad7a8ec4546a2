"""What a user may use: budgets, rate limits, and what each reply cost."""
