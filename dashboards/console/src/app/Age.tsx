import { age, instant } from "../format/time";
import { usePreferences } from "./preferences";
import { useNow } from "./useNow";

/** How long ago an instant (RFC 3339) was; the instant itself on hover. */
export function Age({ at }: { at: string | null }) {
  const now = useNow();
  const { language } = usePreferences();
  if (at === null) return <span className="quiet">–</span>;
  const then = Date.parse(at);
  return (
    <time dateTime={at} title={instant(then, language)}>
      {age(now - then, language)}
    </time>
  );
}
