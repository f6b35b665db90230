-- A batch of events by the first sequence in it: where to go on after a takeover, or to send again.
create index journal_seq on journal (part, first_seq) where event_count > 0;
