"""Work that workers and timers drive: deliveries, deadlines, stops, notices and pushes."""
