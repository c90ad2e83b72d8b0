/** Asks the API itself for every conversation, page by page: what an export must end up with. */
export async function listConversationIds(baseUrl: string, key: string, signal: AbortSignal): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ page_size: '100', ...(cursor === null ? {} : { cursor }) });
    const response = await fetch(`${baseUrl}/v1/convai/conversations?${query.toString()}`, {
      headers: { 'xi-api-key': key },
      signal,
    });
    if (!response.ok) throw new Error(`the simulator answers ${response.status}: ${await response.text()}`);
    const page = (await response.json()) as Page;
    ids.push(...page.conversations.map(({ conversation_id: id }) => id));
    cursor = page.has_more ? page.next_cursor : null;
  } while (cursor !== null);
  return ids;
}

interface Page {
  conversations: { conversation_id: string }[];
  has_more: boolean;
  next_cursor: string | null;
}
