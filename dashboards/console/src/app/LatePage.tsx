/** A page whose program did not come when it was opened: it opens as soon as the server answers, the frame around it stays. */
import { type ComponentType, useState } from "react";
import { loadAnew, useServerAnswers } from "./missingPiece";
import { Broken, Missing } from "./PageError";

export type LoadPage = () => Promise<ComponentType>;

/** What the router loads for a page. It is given a page in any case: for one that failed it would take the frame away. */
export function page(load: LoadPage): () => Promise<{ Component: ComponentType }> {
  return async () => {
    try {
      return { Component: await load() };
    } catch {
      return { Component: () => <LatePage load={load} /> };
    }
  };
}

function LatePage({ load }: { load: LoadPage }) {
  const [found, setFound] = useState<{ Page: ComponentType } | null>(null);
  const [failed, setFailed] = useState<{ error: unknown } | null>(null);
  useServerAnswers(found === null && failed === null, () => {
    load().then(
      (Page) => setFound({ Page }),
      (error: unknown) => void (loadAnew() || setFailed({ error })), // a newer build has no such piece any more
    );
  });
  if (found !== null) return <found.Page />;
  return failed === null ? <Missing /> : <Broken error={failed.error} />;
}
