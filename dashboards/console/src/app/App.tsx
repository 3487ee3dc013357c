/** The application: language, look, cache and routes. */
import { QueryClientProvider } from "@tanstack/react-query";
import { App as AntdApp, ConfigProvider } from "antd";
import type { Locale } from "antd/es/locale";
import { useEffect, useLayoutEffect, useMemo, useState } from "react";
import { RouterProvider } from "react-router";
import { queryClient } from "../api/queries";
import i18next from "i18next";
import { speak } from "./i18n";
import { usePreferences } from "./preferences";
import { router } from "./routes";
import { themeFor } from "./theme";
import { TimeTip } from "./TimeTip";
import { tellTitle } from "./title";

export function App({ firstLocale }: { firstLocale: Locale }) {
  const { language, appearance, units } = usePreferences();
  const [locale, setLocale] = useState(firstLocale);
  const look = useMemo(() => themeFor(appearance), [appearance]);

  useEffect(() => {
    void speak(language).then((spoken) => {
      setLocale(spoken);
      tellTitle({ brand: i18next.t("brand") });
    });
  }, [language]);
  // Before any effect that reads the colours: the map and the chart draw with them.
  useLayoutEffect(() => {
    document.documentElement.dataset["appearance"] = appearance;
    document.documentElement.style.colorScheme = appearance;
  }, [appearance]);

  return (
    <ConfigProvider theme={look} locale={locale} componentSize="middle" button={{ autoInsertSpace: false }}>
      <AntdApp className="app" message={{ maxCount: 3 }}>
        <QueryClientProvider client={queryClient}>
          {/* Values are written in the units of when they were drawn: other units draw the page anew. */}
          <RouterProvider key={units} router={router} />
          <TimeTip />
        </QueryClientProvider>
      </AntdApp>
    </ConfigProvider>
  );
}
