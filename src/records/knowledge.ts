/** Full-text search over what flows know, by the database. */
import { type Kysely, sql } from 'kysely';
import type { Tables } from './database.ts';
import type { KnowledgeSearch, Passage, StoredKnowledge } from './index.ts';
import { storable } from './storable.ts';

/** Content that no flow was loaded with, and no call asked for, for so long is dropped. */
const UNUSED_DAYS = 30;
/** Words of a question beyond these are not looked for. */
const MOST_WORDS = 40;
/** Words of fewer letters are looked for as they are; longer ones are the beginnings of others too. */
const LEAST_PREFIX = 5;
/** What fits less than a third as well as the best is beside the point. */
const LEAST_SHARE = 0.33;

/** Keeps what a flow knows; where its content is there already, only that it is in use. Drops what is not any more. */
export async function keepKnowledge(db: Kysely<Tables>, base: StoredKnowledge): Promise<void> {
  const { id, language, chunks } = storable(base) as StoredKnowledge; // the same shape, without what no column can hold
  const config = await configOf(db, language);
  await db.transaction().execute(async (transaction) => {
    // The row of the base comes first: it makes two nodes that start at once take turns.
    const { rows } = await sql<{ isNew: boolean }>`
      insert into knowledge_bases (id, config, last_used_at) values (${id}, ${config}, now())
      on conflict (id) do update set last_used_at = excluded.last_used_at
      returning (xmax = 0) as is_new`.execute(transaction);
    if (rows[0]?.isNew !== true) return;
    const passages = JSON.stringify(chunks.map((chunk, position) => ({ ...chunk, position })));
    await sql`
      insert into knowledge_passages (base_id, position, source, heading, text, words)
      select ${id}, position, source, heading, text,
        setweight(to_tsvector(${config}::text::regconfig, heading || ' ' || source), 'A')
          || setweight(to_tsvector(${config}::text::regconfig, text), 'B')
      from jsonb_to_recordset(${passages}::text::jsonb)
        as passage(position integer, source text, heading text, text text)`.execute(transaction);
  });
  await sql`delete from knowledge_bases where last_used_at < now() - make_interval(days => ${UNUSED_DAYS})`.execute(
    db,
  );
}

/** The passages that fit best, best first; undefined where the database does not know the base. */
export async function searchKnowledge(
  db: Kysely<Tables>,
  { base, text, limit, sources }: KnowledgeSearch,
): Promise<Passage[] | undefined> {
  const { rows: known } = await sql<{ config: string; isStale: boolean }>`
    select config, last_used_at < now() - interval '1 day' as is_stale
    from knowledge_bases where id = ${base}`.execute(db);
  const [row] = known;
  if (row === undefined) return undefined;
  if (row.isStale) await sql`update knowledge_bases set last_used_at = now() where id = ${base}`.execute(db);
  const query = queryOf(text);
  if (query === '') return [];
  const among = sources === undefined ? sql`true` : sql`source = any(${[...sources]}::text[])`;
  const { rows } = await sql<Passage>`
    select source, heading, text, ts_rank(words, query)::double precision as score
    from knowledge_passages, to_tsquery(${row.config}::text::regconfig, ${query}) as query
    where base_id = ${base} and words @@ query and ${among}
    order by score desc, position
    limit ${limit}`.execute(db);
  const least = (rows[0]?.score ?? 0) * LEAST_SHARE;
  return rows.filter(({ score }) => score >= least);
}

/** Any of the words; nothing of what was said can be taken for the syntax of a query. */
function queryOf(text: string): string {
  const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  return [...words]
    .slice(0, MOST_WORDS)
    .map((word) => (word.length >= LEAST_PREFIX ? `'${word}':*` : `'${word}'`))
    .join(' | ');
}

/** The database's way of stemming a language, `simple` where it has none. */
async function configOf(db: Kysely<Tables>, language: string): Promise<string> {
  const { language: code } = new Intl.Locale(language);
  const english = new Intl.DisplayNames('en', { type: 'language' }).of(code) ?? '';
  // Norwegian has two written forms and one stemmer.
  const name = /^(nb|nn|no)$/.test(code) ? 'norwegian' : english.toLowerCase();
  const { rows } = await sql`
    select 1 from pg_ts_config where cfgname = ${name} and pg_ts_config_is_visible(oid)`.execute(db);
  return rows.length > 0 ? name : 'simple';
}
