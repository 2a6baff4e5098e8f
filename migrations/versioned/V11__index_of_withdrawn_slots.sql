-- The withdrawn slots of a doctor, which may be planned again. Concurrently, so that bookings do not wait. The other slots have
-- availability_slots_one_per_start.
create index concurrently if not exists availability_slots_withdrawn on availability_slots (doctor_id, start_time, seat) where status = 'withdrawn';
