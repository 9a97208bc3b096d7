select * from t;

select * from t where a = 5 and b like 'text%' and c > 3;

select * from t where id = 7;

select id from t where id between 5 and 50;

select * from t where id < 100 order by id desc;

set enable_seqscan = off;
select * from t where a = 3 or a = 7;

set enable_seqscan = off;
set enable_indexscan = off;
select * from t where a = 3 and b = 'text 3';

set enable_seqscan = off;
set enable_indexscan = off;
set work_mem = '64kB';
select * from t where a < 50 and c > 100;

set enable_seqscan = off;
select * from t where arr @> array[3, 4];

set enable_seqscan = off;
select * from t where d between '2026-01-01 03:00' and '2026-01-01 04:00';

select * from t where lower(b) = 'text 3' order by id limit 3;

select * from t where ctid = '(0,1)';

select * from t where ctid in ('(0,1)', '(0,2)') and a > 0;

-- since 14
select * from t where ctid > '(1,0)' and ctid < '(3,0)';

select * from t tablesample system (50) repeatable (7);

select * from t tablesample bernoulli (10) repeatable (1) where a < 50;

select * from t tablesample system_rows (100);

select * from "Odd Näme" where "Select" = 5 and "from" <> 'a: b';

set enable_seqscan = off;
select "Select" as "order" from "Odd Näme" "Group" where "Select" < 10;

select * from pts order by pt <-> point(3, 4) limit 5;

select * from pts where pt <@ box '((1,1),(5,5))';

select * from t join u on u.t_id = t.id where t.a = 5;

select * from t join u on u.t_id = t.id;

set enable_hashjoin = off;
select * from t join u on u.t_id = t.id;

set enable_hashjoin = off;
set enable_mergejoin = off;
set enable_memoize = off;
select * from t join u on u.t_id = t.id and u.v < t.a where u.v < 5;

select * from u left join t on t.id = u.t_id and t.a > 50;

select * from t right join u on u.t_id = t.id and u.v = 3;

select * from t full join u on u.t_id = t.id where t.a is null or u.v is null;

select * from t where exists (select from u where u.t_id = t.id and u.v = 3);

select * from t where not exists (select from u where u.t_id = t.id);

select * from t where id in (select t_id from u where v < 10);

select * from t where id not in (select t_id from u where v < 10);

select * from t where id not in (select t_id from u where v < t.a) and a < 3;

select * from t a, t b where a.id < 20 and b.id < 20 and a.a <> b.a;

select * from t cross join u where t.id = 5 and u.id < 5;

set enable_hashjoin = off;
set enable_mergejoin = off;
select * from u join t on t.id = u.t_id where u.v < 40;

set enable_hashjoin = off;
set enable_mergejoin = off;
set enable_memoize = on;
select * from u join lateral (select * from t where t.a = u.v offset 0) x on true;

set enable_nestloop = off;
select * from t left join u on u.id = t.id and u.v = 1 where u.w is null;

set work_mem = '64kB';
set enable_mergejoin = off;
set enable_nestloop = off;
select * from big a join big b on a.id = b.id;

select count(*), sum(a) from t;

select a, count(*) from t group by a;

select a, count(*) from t group by a having count(*) > 31;

set enable_hashagg = off;
select a, count(*) from t group by a having sum(c) > 100;

set work_mem = '64kB';
select id, count(*) from big group by id;

select a, b, count(*) from t group by grouping sets ((a), (b), ());

select a, b, count(*) from t group by rollup (a, b);

select a, b, count(*) from t group by cube (a, b);

set enable_hashagg = off;
select a, b, count(*) from t group by grouping sets ((a, b), (b), ());

set work_mem = '64kB';
select id, g, count(*) from big group by grouping sets ((id), (g));

select distinct a from t;

set enable_hashagg = off;
select distinct a, b from t;

select distinct on (a) a, id from t order by a, id desc;

set enable_hashagg = off;
select a, b from t group by a, b;

select string_agg(b, ',' order by id) filter (where a > 5) from t;

select * from t order by c;

select * from t order by c desc nulls last, b collate "C" limit 10;

set work_mem = '64kB';
select * from big order by x desc, id;

select * from t order by a, c;

set enable_seqscan = off;
select * from t order by a, c limit 50;

set work_mem = '64kB';
set enable_seqscan = off;
set enable_sort = off;
select * from big order by g, x;

select row_number() over (order by a), rank() over (partition by b order by c) from t;

select sum(c) over w, lag(a) over w from t window w as (partition by a order by id rows between 2 preceding and current row);

select * from (select id, row_number() over (order by id) rn from t) x where rn <= 5;

select * from (select id, a, rank() over (partition by a order by c) r from t) x where r < 3;

select count(*) over (), first_value(id) over (order by d range between interval '1 hour' preceding and current row) from t;

select a from t union select v from u;

select a from t union all select v from u order by 1 limit 5;

select a from t intersect select v from u;

select a from t except select v from u;

select a from t intersect all select v from u;

select a from t except all select v from u;

set enable_hashagg = off;
select a from t except select v from u;

with x as (select * from t where a = 3) select * from x where c > 5;

with x as materialized (select * from t where a < 10) select * from x a join x b on a.id = b.id;

with x as materialized (select 1 as one), y as materialized (select one from x) select * from y, x;

with recursive r(n) as (values (1) union all select n + 1 from r where n < 50) select sum(n) from r;

with recursive r(id, depth) as (select id, 1 from t where id = 1 union select u.t_id, depth + 1 from r join u on u.id = r.id where depth < 5) select * from r;

with d as (delete from tr where id < 5 returning *) select count(*) from d;

with i as (insert into tr values (1001, 1), (1002, 2) returning id), u2 as (update tr set n = n + 1 where id = 50 returning n) select * from i, u2;

select (select count(*) from u), a from t where id < 5;

select id, (select max(v) from u where u.t_id = t.id) from t where id < 50;

select id, (select sum(v) from u where u.v = t.a and (select true)) from t where id < 5;

select * from t where c > (select avg(c) from t);

select * from t where a = any (array(select v from u where id < 5));

select * from t where a < all (select v from u where id < 50);

select case when exists (select from u where u.t_id = t.id) then 1 end from t where id < 30;

select * from t where (select max(v) from u) > 3 and id = 5;

select * from t where false;

select * from t where current_date < '2000-01-01';

select 1;

select 1 + 1 as two, 'text' as x, now() is null;

values (1, 'a'), (2, 'b'), (3, 'c');

select * from (values (1, 'a'), (2, 'b')) v(x, y) where x > 1;

select * from t where (a, b) in (values (1, 'text 1'), (2, 'text 2'));

select * from generate_series(1, 10);

select * from generate_series(1, 10) g where g > 5;

select * from pairs(5) where x > 2;

select * from rows from (generate_series(1, 3), generate_series(1, 2)) as r(x, y);

select * from unnest(array[1, 2, 3]) with ordinality u(x, n);

select generate_series(1, 3), id from t where id < 3;

select slow(id), * from t where slow(a) > 50 and id < 100;

select slowset(3) from t where id < 3;

select * from json_to_recordset('[{"a":1,"b":"x"}]') as x(a int, b text);

select * from xmltable('/r/i' passing xmlparse(document '<r><i>1</i></r>') columns x int path '.');

-- since 17
select * from json_table('[1,2]'::jsonb, '$[*]' columns (x int path '$'));

select * from t, lateral (select * from u where u.t_id = t.id limit 1) x where t.id < 20;

select * from vw where n > 30;

select * from (select a, max(c) m from t group by a offset 0) x where m > 400;

select * from t limit 5 offset 10;

select * from t order by id for update limit 3;

select * from t where id = 3 for share skip locked;

select * from p where k = 50;

select * from p where k between 50 and 150 order by k;

select * from p;

select k, count(*) from p group by k order by k limit 5;

set enable_partitionwise_aggregate = on;
select k, count(*) from p group by k;

set enable_partitionwise_join = on;
select * from p a join p b using (k) where a.k < 120;

set enable_seqscan = off;
select * from p order by k limit 20;

select * from p where k = (select 150);

set plan_cache_mode = force_generic_plan;
prepare q (int) as select * from p where k = $1;
execute q (50);

prepare q2 (int, text) as select * from t where a = $1 and b = $2;
execute q2 (5, 'text 5');

insert into tr values (2000, 1);

insert into tr select id + 5000, a from t where id < 50;

insert into tr values (1, 5) on conflict do nothing;

insert into tr values (1, 5), (3000, 1) on conflict (id) do update set n = excluded.n where tr.n > 500 returning *;

insert into p select i, '2026-01-01', 'x' from generate_series(50, 250, 50) i;

update tr set n = n + 1 where id < 10;

update t set a = a + 1 where id in (select t_id from u where v = 3);

update t set b = u.w from u where u.t_id = t.id and u.v = 7 returning t.id;

update p set v = 'z' where k = 50;

update p set v = 'z' where k < 150;

update p set k = k + 100 where k = 20;

delete from tr where id between 20 and 30;

delete from t where id < 20;

delete from p where k > 150;

delete from u using t where u.t_id = t.id and t.a = 3;

-- since 15
merge into tr using (values (1, 10), (4000, 20)) s(id, n) on tr.id = s.id when matched then update set n = s.n when not matched then insert values (s.id, s.n);

-- since 15
merge into tr using t on tr.id = t.id when matched and t.a > 50 then delete when matched then do nothing;

-- since 17
merge into tr using (values (1, 10)) s(id, n) on tr.id = s.id when not matched by source and tr.id > 90 then delete when not matched then insert values (s.id, s.n);

-- parallel
select count(*) from big where x > 100;

-- parallel
select g, count(*), sum(x) from big group by g;

-- parallel
select g, count(*) from big group by g order by g;

-- parallel
select * from big where x < 500 order by x;

-- parallel
set enable_hashjoin = on;
select count(*) from big a join big b on a.id = b.id;

-- parallel
set enable_parallel_hash = off;
select count(*) from big a join t on t.id = a.g;

-- parallel
set enable_seqscan = off;
select count(*) from big where g < 200;

-- parallel
set enable_seqscan = off;
set enable_indexscan = off;
set enable_indexonlyscan = off;
select count(pad) from big where g < 50;

-- parallel
select count(*) from p;

-- parallel
select a from t where a < 10 union all select g from big where g < 10;

-- parallel
set enable_incremental_sort = on;
select * from big order by g, x limit 10;

-- parallel
select count(*) from big where x > (select avg(c) from t);

-- parallel
set work_mem = '64kB';
select id, count(*) from big group by id;

-- parallel
set debug_parallel_query = on;
select * from t where id < 10;

select * from ff where a = 5;

select * from ft where a = 5 and b = 'text 5';

select * from ft where slow(a) > 90 and id < 50;

select ft.b, fu.v from ft join fu on fu.t_id = ft.id where ft.id < 10;

select a, count(*) from ft group by a having count(*) > 30;

select * from ft order by b limit 3;

insert into ftr values (7000, 1);

update ftr set n = 5 where id = 60;

update ftr set n = slow(n) where id = 61;

delete from ftr where id = 62 returning *;

select * from ft union all select id, t_id, 'x' from fu;

select * from tmp where id < 50 order by v;

insert into tmp select id, b from t where id < 50;

create table made as select * from t where a = 3;

select b, j ->> 'k', c::text from t where j @> '{"k": 3}' and b ~ '^text \d+: ?$|->' and c::int % 2 = 0;

select * from t where b = E'it''s a\nline\\ break: "quoted" (x)' or b = '  ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)';

select 'a very long literal ' || repeat('x', 3), b || ', ' || coalesce(b, 'none, at (all)'), array[a, id], row(a, b) from t where id < 3;

select t.*, x.* from t, u x, p where t.id = x.t_id and p.k = t.a and x.v between 1 and 3;

set jit = on;
set jit_above_cost = 0;
set jit_inline_above_cost = 0;
set jit_optimize_above_cost = 0;
select sum(a), avg(c) from t where a > 5;

declare cur cursor for select * from t where a = 5;
