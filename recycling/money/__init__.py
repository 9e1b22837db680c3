"""What is handed over becomes points or yuan: rates, settling, vouchers, payments, and the record of purchases."""
