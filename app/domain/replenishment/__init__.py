"""What to order: demand, its class and forecast, safety stock, the suggested order, and what another policy would do."""
