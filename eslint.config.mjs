import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["node_modules/", ".datacentre/", "**/*.js", "**/*.mjs", "**/*.cjs"] },
    ...tseslint.configs.strictTypeChecked,
    ...tseslint.configs.stylisticTypeChecked,
    {
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        rules: {
            eqeqeq: "error",
            "prefer-const": "error",
            "no-console": "error",
            "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
            "max-len": ["error", { code: 150, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true }],
            "@typescript-eslint/explicit-module-boundary-types": "off",
            "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
            "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports", disallowTypeAnnotations: false }],
            // An empty text is often as good as none.
            "@typescript-eslint/prefer-nullish-coalescing": "off",
            "@typescript-eslint/no-dynamic-delete": "off",
            // Brackets say that a key is data, not a member.
            "@typescript-eslint/dot-notation": ["error", { allowIndexSignaturePropertyAccess: true }],
            "@typescript-eslint/consistent-indexed-object-style": "off",
            "@typescript-eslint/consistent-type-definitions": "off",
            // Texts here are split by code points on purpose.
            "@typescript-eslint/no-misused-spread": "off",
            // A handler is async because its interface is.
            "@typescript-eslint/require-await": "off",
            // With noUncheckedIndexedAccess, `!` says what an index check just established.
            "@typescript-eslint/no-non-null-assertion": "off",
            // Does not end on types that contain themselves (typescript-eslint 8.73).
            "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
            // Numbers and booleans in messages are what they look like.
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
            // Pulumi's components are made for what their constructor does.
            "no-new": "off",
            "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
            "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
        },
    },
    {
        // The machinery of descriptions takes of the systems their types at most: what holds at run time is handed in.
        files: ["config/**"],
        rules: {
            "@typescript-eslint/no-restricted-imports": [
                "error",
                { patterns: [{ group: ["**/components/**", "**/ops/**", "**/lab/**"], allowTypeImports: true, message: "config/ names no system: take it as an argument." }] },
            ],
        },
    },
    {
        // Leaves: the description's type is made of them.
        files: ["components/schemas.ts", "components/*/schema.ts", "components/nodes/*/schema.ts"],
        ignores: ["components/marathon-app/**"],
        rules: {
            "@typescript-eslint/no-restricted-imports": [
                "error",
                { patterns: [{ regex: "^\\.(?!.*(/schema|/config/(texts|sources|system-schema))$)", message: "A leaf takes forms and texts only." }] },
            ],
        },
    },
    {
        // Pure: what hosts get is computed without an engine, for tests, verify and bundles too.
        files: [
            "components/systems.ts",
            "components/description.ts",
            "components/rows.ts",
            "components/verify/**",
            "components/**/{system,provider,plan,source,directories,rules,check,openings,security,preflight}.ts",
            "components/**/{check,plan}-*.ts",
            "components/**/rules/**",
            "components/**/*-rules.ts",
            "components/marathon-app/{fit,rules,schema,waiting}/**",
        ],
        rules: {
            "@typescript-eslint/no-restricted-imports": [
                "error",
                { patterns: [{ group: ["@pulumi/*"], allowTypeImports: true, message: "Plans, rules and checks are pure: resources belong into index.ts." }] },
            ],
        },
    },
    {
        files: ["tests/**"],
        rules: {
            "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
            "@typescript-eslint/unbound-method": "off",
            // Tests look into JSON of programs that are not ours.
            "@typescript-eslint/no-explicit-any": "off",
            "@typescript-eslint/no-unsafe-argument": "off",
            "@typescript-eslint/no-unsafe-assignment": "off",
            "@typescript-eslint/no-unsafe-call": "off",
            "@typescript-eslint/no-unsafe-member-access": "off",
            "@typescript-eslint/no-unsafe-return": "off",
            "@typescript-eslint/dot-notation": "off",
            "no-console": "off",
        },
    },
    {
        // What comes over the engine's wire, or from libraries without types, is data of any shape.
        files: ["lab/plugins/**", "tests/lab/**"],
        rules: {
            "@typescript-eslint/no-base-to-string": "off",
            "@typescript-eslint/no-unsafe-assignment": "off",
            "@typescript-eslint/no-unsafe-call": "off",
            "@typescript-eslint/no-unsafe-member-access": "off",
            "@typescript-eslint/no-unsafe-return": "off",
            "@typescript-eslint/no-unnecessary-condition": "off",
            "@typescript-eslint/no-unnecessary-type-assertion": "off",
            "@typescript-eslint/no-unnecessary-type-conversion": "off",
            "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
        },
    },
);
