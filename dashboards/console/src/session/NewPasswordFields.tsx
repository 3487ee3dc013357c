/** A password of one's own, typed twice: fields of the form of an invitation and of a password link. */
import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";

export interface NewPassword {
  readonly password: string;
  readonly again: string;
}

export function NewPasswordFields() {
  const { t } = useTranslation();
  return (
    <>
      <Form.Item name="password" label={t("invite.password")} rules={[{ required: true, min: 10, message: t("invite.short") }]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="again"
        label={t("invite.again")}
        dependencies={["password"]}
        rules={[
          ({ getFieldValue }) => ({
            validator: async (_, value: unknown) => {
              if (value !== getFieldValue("password")) throw new Error(t("invite.differs"));
            },
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </>
  );
}
