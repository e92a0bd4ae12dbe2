-- Dead letters that somebody wants to see no more.

-- name: dropped
select sequence, dropped_at, dropped_by, why from dropped_letter where created_at = $1 and sequence = any($2::bigint[]);

-- name: dropped_between
select sequence from dropped_letter where created_at = $1 and sequence >= $2 and sequence < $3;

-- name: drop
insert into dropped_letter (created_at, sequence, dropped_by, why) values ($1, $2, $3, $4)
on conflict (created_at, sequence) do nothing
returning 1;
