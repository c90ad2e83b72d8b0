/** What a request says of where it comes from. */
export interface RequestOrigin {
  readonly method: string;
  readonly host: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Why a request for the operators' pages is refused as one that another site has sent; null when it is not. Following a
 * link from elsewhere to a page is no harm: no page changes anything by being read, and the session's cookie
 * (SameSite=Strict) does not come along.
 */
export function crossSiteProblem(request: RequestOrigin, publicUrl: string | null): string | null {
  const { method, headers } = request;
  const isRead = method === 'GET' || method === 'HEAD';
  const site = headers['sec-fetch-site'];
  const isLink = isRead && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isLink) {
    return `Requests from other sites are refused (Sec-Fetch-Site: ${String(site)}).`;
  }
  const origin = headers['origin'];
  // Browsers send it with every request that may change something.
  if (origin === undefined)
    return isRead || site === 'same-origin' ? null : 'A request that changes something needs an Origin.';
  return isOwn(String(origin), request.host, publicUrl)
    ? null
    : `Requests from other sites are refused (Origin: ${String(origin).slice(0, 200)}). Behind a proxy, set VOXPORT_PUBLIC_URL.`;
}

function isOwn(origin: string, host: string | undefined, publicUrl: string | null): boolean {
  if (origin === publicUrl) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}
