/** The key columns that every row starts with. */
export interface RowKey {
  readonly source_id: string;
  readonly conversation_id: string;
}

/** As RowKey, of what stands in one turn. */
export interface TurnPlace extends RowKey {
  readonly turn_index: number;
}
