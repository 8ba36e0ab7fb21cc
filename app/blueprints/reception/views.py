"""The service adviser: appointments, check-in, orders, handover."""
