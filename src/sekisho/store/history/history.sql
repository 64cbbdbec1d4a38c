-- What two multisets of rows differ by. A table of the registry may hold the same row twice, so rows are counted: those
-- of `plus` for one more, those of `minus` for one less. What is left is n times too many (n > 0) or too few (n < 0).
--   recording a load:    plus = its table,                        minus = the table of the load before
--   rebuilding a load:   plus = a load that is kept + what came,   minus = what went; nothing may be too few
-- It is `plus EXCEPT ALL minus` and `minus EXCEPT ALL plus` in one pass. Empty cells (NULL) count as equal.
SELECT {columns}, CAST(SUM(n) AS BIGINT) AS n
FROM (
  SELECT {columns}, 1 AS n FROM plus
  UNION ALL
  SELECT {columns}, -1 AS n FROM minus
)
GROUP BY {columns}
HAVING SUM(n) <> 0
